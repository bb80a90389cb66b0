## f = __k_eval__ (): eval itself; a cell may have a variable of that name.
function f = __k_eval__ ()
  f = @eval;
end
