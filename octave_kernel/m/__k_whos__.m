## f = __k_whos__ (): whos itself, which tells of the scope of its caller.
function f = __k_whos__ ()
  f = @whos;
end
