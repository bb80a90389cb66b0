## text = __k_inspect__ (NAME, PATH, NAMES...): what Octave knows of NAME; or of the value of PATH, when each of NAMES
## is a variable. Keys and values in turn, each ended by NUL.
function text = __k_inspect__ (name, path, varargin)
  if (! isempty (varargin) && __k_are_variables__ (varargin))
    value = evalin ("base", path);
    told = {"variable", path, "class", class(value), "size", sprintf("x%d", size (value))(2:end), ...
            "value", disp(__k_inspect_part__ (value))};
  elseif (isempty (name))
    told = {};
  else
    [help, format] = get_help_text (name);
    kind = exist (name);
    source = "";
    if (kind == 103)
      source = type (name){1};
    end
    told = {"help", help, "format", format, "file", which(name), "source", source, "kind", sprintf("%d", kind)};
  end
  text = sprintf ("%s\0", told{:});
end
