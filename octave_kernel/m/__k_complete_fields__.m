## text = __k_complete_fields__ (PATH, NAME, ...): what may stand behind the dot after PATH: fields, properties,
## methods. Each NAME in PATH must be a variable: nothing is called.
function text = __k_complete_fields__ (path, varargin)
  text = "";
  if (! __k_are_variables__ (varargin))
    return;
  end
  value = evalin ("base", path);
  if (isstruct (value))
    text = __k_list__ ("field", fieldnames (value));
  elseif (isobject (value))
    text = [__k_list__("property", properties (value)), __k_list__("method", methods (value))];
  end
end
