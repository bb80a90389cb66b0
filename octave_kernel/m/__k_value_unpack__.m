## [value, at] = __k_value_unpack__ (BYTES, AT): the value that begins at AT, as __k_value_pack__ writes it; its end.
function [value, at] = __k_value_unpack__ (bytes, at)
  kind = char (bytes(at));
  at++;
  switch (kind)
    case "f"
      [text, at] = word (bytes, at);
      value = str2func (text);
    case "m"
      [key, at] = word (bytes, at);
      [type, at] = word (bytes, at);
      [names, at] = __k_value_unpack__ (bytes, at);
      [values, at] = __k_value_unpack__ (bytes, at);
      value = containers.Map ("KeyType", key, "ValueType", type);
      for k = 1:numel (names)
        value(names{k}) = values{k};
      end
    case "p"
      [name, at] = word (bytes, at);
      of_complex = bytes(at);
      [dims, at] = integers (bytes, at + 1, 3);
      [place, at] = integers (bytes, at, 2 * dims(3));
      [numbers, at] = column (bytes, at, name, dims(3));
      if (of_complex)
        [imaginary, at] = column (bytes, at, name, dims(3));
        numbers = complex (numbers, imaginary);
      end
      value = sparse (place(1:end/2)(:) + 1, place(end/2+1:end)(:) + 1, numbers, dims(1), dims(2));
    case {"n", "l"}
      [value, at] = full (bytes, at, kind, 0);
    case "o"
      [count, at] = integers (bytes, at, 1);
      [value, at] = full (bytes, at + 1, char (bytes(at)), count);
    case "t"
      [dims, at] = dimensions (bytes, at);
      [lengths, at] = integers (bytes, at, prod (dims));
      ends = cumsum (lengths);
      value = cellslices (char (bytes(at:at+sum (lengths)-1)), ends - lengths + 1, ends, 2);
      value(lengths == 0) = {""};
      value = reshape (value, dims);
      at += sum (lengths);
    case "d"
      [dims, at] = dimensions (bytes, at);
      [value, at] = column (bytes, at, "double", prod (dims));
      value = reshape (num2cell (value), dims);
    case "c"
      [dims, at] = dimensions (bytes, at);
      value = cell (dims);
      for k = 1:prod (dims)
        [value{k}, at] = __k_value_unpack__ (bytes, at);
      end
    case "s"
      [dims, at] = dimensions (bytes, at);
      [count, at] = integers (bytes, at, 1);
      names = cell (count, 1);
      for k = 1:count
        [names{k}, at] = word (bytes, at);
      end
      values = cell ([count, dims]);
      for k = 1:numel (values)
        [values{k}, at] = __k_value_unpack__ (bytes, at);
      end
      if (count)
        value = cell2struct (values, names, 1);
      else
        value = repmat (struct (), dims);
      end
    otherwise
      error ("there is no kind of value '%s'", kind);
  end
end

## A full array; if TURNED, its dimensions are in reversed order, and so many.
function [value, at] = full (bytes, at, kind, turned)
  [name, at] = word (bytes, at);
  of_complex = bytes(at);
  [dims, at] = dimensions (bytes, at + 1);
  if (kind == "n")
    [value, at] = column (bytes, at, name, prod (dims));
    if (of_complex)
      [imaginary, at] = column (bytes, at, name, prod (dims));
    end
  else
    [file, at] = word (bytes, at);
    value = load ("-binary", file).v;
    if (of_complex)
      imaginary = value(2,:);
      value = value(1,:);
    end
  end
  value = reshape (value, dims);
  if (turned)
    value = permute (value, turned:-1:1);
  end
  if (of_complex)
    imaginary = reshape (imaginary, dims);
    if (turned)
      imaginary = permute (imaginary, turned:-1:1);
    end
    value = complex (value, imaginary);  # last: what touches it makes it real when it can
  end
end

function [text, at] = word (bytes, at)
  last = at;
  while (bytes(last))
    last++;
  end
  text = char (bytes(at:last-1));
  at = last + 1;
end

function [numbers, at] = integers (bytes, at, count)
  numbers = double (typecast (bytes(at:at+8*count-1), "uint64"));
  at += 8 * count;
end

function [dims, at] = dimensions (bytes, at)
  [count, at] = integers (bytes, at, 1);
  [dims, at] = integers (bytes, at, count);
end

function [numbers, at] = column (bytes, at, name, count)
  widths = struct ("double", 8, "single", 4, "int8", 1, "uint8", 1, "int16", 2, "uint16", 2, "int32", 4, ...
                   "uint32", 4, "int64", 8, "uint64", 8, "char", 1, "logical", 1);
  length = widths.(name) * count;
  part = bytes(at:at+length-1)(:);
  at += length;
  if (strcmp (name, "char"))
    numbers = char (part);
  elseif (strcmp (name, "logical"))
    numbers = logical (part);
  elseif (count == 0)
    numbers = zeros (0, 1, name);
  else
    numbers = typecast (part, name);
  end
end
