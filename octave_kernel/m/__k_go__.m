## f = __k_go__ (TURN): a cell begins. What is returned is eval itself: a cell may have a variable of that name.
## From now on the prompt is the mark of the end, which also an interrupted cell comes to.
function f = __k_go__ (n)
  warned = warning ("off", "all");  # with "local" all would be on afterwards
  __k_prompt__ (n);
  f = @eval;
  warning (warned);
  __k_record__ (sprintf ("S %d", n));  # last: from now on an interrupt may come
end
