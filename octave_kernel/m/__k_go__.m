## f = __k_go__ (TURN): a cell begins. What is returned is eval itself: a cell may have a variable of that name.
## From now on the prompt is the mark of the end, which also an interrupted cell comes to.
function f = __k_go__ (n)
  warning ("off", "all", "local");
  __k_prompt__ (n);
  __k_record__ (sprintf ("S %d", n));
  f = @eval;
end
