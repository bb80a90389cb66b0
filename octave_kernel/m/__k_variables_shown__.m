## text = __k_variables_shown__ (VALUE): the value in one line, which may be cut.
function text = __k_variables_shown__ (value)
  most = 20;
  if (ischar (value))
    text = value;
    if (rows (value) > 1)
      text = strjoin (cellstr (value(1:min (end, most),:)).', "; ");
    end
    text = text(1:min (end, 1000));
  elseif (is_function_handle (value))
    text = func2str (value);
  elseif (isstruct (value))
    text = strjoin (fieldnames (value)(1:min (end, most)).', ", ");
  elseif (iscell (value))
    text = listed (value(1:min (end, most)));
  elseif (isa (value, "containers.Map"))
    text = listed (value.keys ()(1:min (end, most)));
  elseif (isnumeric (value) || islogical (value))
    text = __k_variables_numbers__ (value, most);
  else
    text = strtrim (regexprep (evalc ("disp (value)"), "\\s+", " "));
    text = text(1:min (end, 1000));
  end
end

function text = listed (values)
  text = sprintf (", %s", cellfun (@__k_variables_brief__, values, "uniformoutput", false){:})(3:end);
end
