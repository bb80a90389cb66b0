## __k_show_data__ (PAYLOADS, TYPES, ID, TEXT): show one thing in each of its types; TEXT is the plain one.
function __k_show_data__ (payloads, types, id, text)
  files = cell (1, numel (payloads));
  for i = 1:numel (payloads)
    files{i} = fullfile (__k_here__ ().path, sprintf ("shown.%d", i));
    out = fopen (files{i}, "wb");
    if (out < 0)
      error ("the session's folder has gone");
    end
    fwrite (out, payloads{i});
    fclose (out);
  end
  __k_show__ (files, types, id, [], text);
end
