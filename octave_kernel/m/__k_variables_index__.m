## text = __k_variables_index__ (DIMENSIONS, K): the index of the Kth element: one number in a vector.
function text = __k_variables_index__ (dimensions, k)
  if (numel (dimensions) == 2 && any (dimensions == 1))
    text = sprintf ("%d", k);
  else
    at = cell (1, numel (dimensions));
    [at{:}] = ind2sub (dimensions, k);
    text = sprintf (",%d", at{:})(2:end);
  end
end
