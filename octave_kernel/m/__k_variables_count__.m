## n = __k_variables_count__ (VALUE): how many things can be seen within it: fields, elements, rows or pages.
function n = __k_variables_count__ (value)
  n = 0;
  if (isa (value, "containers.Map"))
    n = double (value.Count);
  elseif (isstruct (value) && isscalar (value))
    n = numel (fieldnames (value));
  elseif (isobject (value))
    n = numel (properties (value));
  elseif (ischar (value))
    n = (rows (value) > 1) * size (value, 1);
  elseif (is_function_handle (value) || isjava (value) || isscalar (value) && ! iscell (value) || isempty (value))
    n = 0;
  elseif (iscell (value) || isstruct (value))
    n = numel (value);
  elseif (ndims (value) > 2)
    n = prod (size (value)(3:end));
  elseif (isvector (value))
    n = numel (value);
  else
    n = rows (value);
  end
end
