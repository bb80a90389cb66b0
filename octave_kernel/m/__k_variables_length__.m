## text = __k_variables_length__ (PATH): how many things are within the value of PATH.
function text = __k_variables_length__ (path)
  text = sprintf ("%d", __k_variables_count__ (evalin ("base", path)));
end
