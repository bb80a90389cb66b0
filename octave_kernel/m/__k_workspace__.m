## w = __k_workspace__ (): the variables of the workspace, as whos tells them.
function w = __k_workspace__ ()
  w = evalin ("base", "__k_whos__ () ()");
end
