## f = __k_clear__ (): clear itself: a cell may have a variable of that name.
function f = __k_clear__ ()
  f = @clear;
end
