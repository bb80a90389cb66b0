## bytes = __k_value_pack__ (VALUE, FOLDER): a letter for the kind of the value, its class, its size, and what is in it, column
## by column: of numbers the bytes, of a complex matrix first all real parts; of cells and structs the values in turn.
## Cells of nothing but text, or nothing but numbers, are written in one piece: they may be long. Large arrays go each
## into a file in FOLDER, if one is given; there a complex number's two parts are side by side.
function bytes = __k_value_pack__ (value, folder = "")
  if (is_function_handle (value))
    bytes = ["f", func2str(value), "\0"];
  elseif (isa (value, "containers.Map"))
    bytes = [uint8("m"), uint8([value.KeyType, "\0", value.ValueType, "\0"]), __k_value_pack__(value.keys ()), ...
             __k_value_pack__(value.values (), folder)];
  elseif (issparse (value))
    [row, column, numbers] = find (value);
    places = [size(value), numel(row), row(:).' - 1, column(:).' - 1];
    bytes = [uint8(["p", class(value), "\0", char(double (iscomplex (value)))]), typecast(uint64 (places), "uint8"), ...
             __k_value_numbers__(numbers(:), iscomplex (value))];
  elseif (! isempty (folder) && (isnumeric (value) || islogical (value)) && sizeof (value) >= 65536)
    bytes = [uint8(["l", class(value), "\0", char(double (iscomplex (value)))]), __k_value_size__(value), ...
             uint8([write_aside(value, folder), "\0"])];
  elseif (isnumeric (value) || islogical (value) || ischar (value))
    bytes = [uint8(["n", class(value), "\0", char(double (iscomplex (value)))]), __k_value_size__(value), ...
             __k_value_numbers__(value, iscomplex (value))];
  elseif (is_texts (value))
    lengths = cellfun ("numel", value)(:).';
    bytes = [uint8("t"), __k_value_size__(value), typecast(uint64 (lengths), "uint8"), uint8([value{:}])];
  elseif (is_numbers (value))
    bytes = [uint8("d"), __k_value_size__(value), typecast([value{:}], "uint8")];
  elseif (iscell (value))
    parts = cellfun (@(one) __k_value_pack__ (one, folder), value(:).', "uniformoutput", false);
    bytes = [uint8("c"), __k_value_size__(value), uint8([parts{:}])];
  elseif (isstruct (value))
    names = fieldnames (value);
    parts = cellfun (@(one) __k_value_pack__ (one, folder), reshape (struct2cell (value), 1, []), ...
                     "uniformoutput", false);
    head = [typecast(uint64 (numel (names)), "uint8"), uint8(sprintf ("%s\0", names{:}))];
    bytes = [uint8("s"), __k_value_size__(value), head, uint8([parts{:}])];
  else
    error ("a value of class %s cannot be given to others; take out of it what is numbers, text, cells or structs", ...
           class (value));
  end
  bytes = uint8 (bytes);
end

function file = write_aside (value, folder)
  file = tempname (folder, "v");
  kind = class (value);
  if (islogical (value))
    kind = "uint8";
  end
  wanted = numel (value);
  if (iscomplex (value))
    value = [real(value)(:).'; imag(value)(:).'];
    wanted *= 2;
  end
  f = fopen (file, "w");
  written = fwrite (f, value, kind);
  status = fclose (f);
  if (written != wanted || status != 0)
    unlink (file);
    error ("no room in %s for an array of %d bytes", folder, sizeof (value));
  end
end

function yes = is_texts (value)
  yes = false;
  if (iscellstr (value) && ! isempty (value))
    height = cellfun ("size", value, 1)(:);
    width = cellfun ("size", value, 2)(:);
    yes = all (cellfun ("ndims", value)(:) == 2) && all ((height == 1 & width > 0) | (height == 0 & width == 0));
  end
end

function yes = is_numbers (value)
  yes = iscell (value) && ! isempty (value) && all (cellfun ("numel", value)(:) == 1) ...
        && all (cellfun ("isclass", value, "double")(:)) && all (cellfun ("isreal", value)(:)) ...
        && ! any (cellfun (@issparse, value)(:));
end
