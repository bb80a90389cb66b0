## __k_far_put__ (NAME, TEXT, COUNT, MORE): a piece of a file comes. TEXT is base64, without padding: of the bytes that it
## stands for the first COUNT are meant. MORE: whether another piece follows.
function __k_far_put__ (name, text, count, more)
  persistent pieces = {};
  if (count > 0)
    pieces{end+1} = typecast (base64_decode (text), "uint8")(1:count);
  end
  if (! more)
    written = [pieces{:}];
    pieces = {};
    f = fopen (fullfile (__k_here__ ().path, name), "w");
    if (f >= 0)
      fwrite (f, written);
      fclose (f);
    end
  end
end
