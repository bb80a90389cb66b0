## text = __k_variables_numbers__ (VALUE, MOST): a matrix in one line, of at most MOST columns and 5 rows.
function text = __k_variables_numbers__ (value, most)
  if (isempty (value))
    text = "[]";
    return;
  elseif (ndims (value) > 2)
    text = "";
    return;
  end
  cut = full (value(1:min (end, 5),1:min (end, most)));
  precision = 5;
  if (isinteger (cut) || all (cut(:) == fix (cut(:))))
    precision = 20;
  end
  text = mat2str (cut, precision);
  if (islogical (cut) && isscalar (cut))
    text = {"false", "true"}{cut + 1};
  end
  if (numel (cut) < numel (value))
    text = [text, " ..."];
  end
end
