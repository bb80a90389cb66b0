## text = __k_variables_brief__ (VALUE): what stands for an element of a list in one line.
function text = __k_variables_brief__ (value)
  if (ischar (value) && rows (value) <= 1)
    text = ["'", value(1:min (end, 50)), "'"];
  elseif ((isnumeric (value) || islogical (value)) && numel (value) <= 3 && ndims (value) == 2)
    text = __k_variables_numbers__ (value, 3);
  else
    text = sprintf ("%s %s", sprintf ("x%d", size (value))(2:end), class (value));
  end
end
