## __k_show__ (FILES, TYPES, ID, SIZE, TEXT): show one thing, of which each file has what another front-end may prefer.
## The files go. TYPES: MIME types, or png, svg, jpg, pdf. ID, SIZE and TEXT may be empty.
function __k_show__ (files, types, id, size, text)
  persistent count = 0;
  mlock ();
  here = __k_here__ ();
  spooled = sprintf ("%s/%016x", here.path, ++count);
  rename (files{1}, spooled);
  out = fopen (spooled, "ab");
  parts = "";
  for i = 1:numel (types)
    if (i == 1)
      bytes = stat (spooled).size;
    else
      in = fopen (files{i}, "rb");
      bytes = fwrite (out, fread (in, Inf, "*uint8"));
      fclose (in);
      unlink (files{i});
    end
    parts = [parts, sprintf(",[%s,%d]", __k_quote__ (mime (types{i})), bytes)];
  end
  sides = "";
  if (! isempty (size))
    sides = sprintf ("\"width\":%d,\"height\":%d", size);
  end
  trailer = sprintf ("{\"id\":%s,\"update\":false,\"image\":{%s},\"text\":%s,\"parts\":[%s]}", or_null (id), sides, ...
                     or_null (text), parts(2:end));
  fwrite (out, sprintf ("%s%08d", trailer, numel (trailer)));
  fclose (out);
  if (here.far)
    __k_far_send__ (sprintf ("%016x", count));
    unlink (spooled);
  end
  __k_say__ (sprintf ("\033]5151;%s;d;%016x\007", here.token, count));
end

function text = or_null (text)
  if (isempty (text))
    text = "null";
  else
    text = __k_quote__ (text);
  end
end

function type = mime (type)
  known = struct ("png", "image/png", "svg", "image/svg+xml", "jpg", "image/jpeg", "pdf", "application/pdf");
  if (isfield (known, type))
    type = known.(type);
  end
end
