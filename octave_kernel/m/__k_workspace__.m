## w = __k_workspace__ (): the variables of the workspace, as whos tells them.
function w = __k_workspace__ ()
  saved = {};
  try
    saved = {evalin("base", "ans")};
  end
  w = evalin ("base", "__k_whos__ () ()");
  if (isempty (saved))
    evalin ("base", "__k_clear__ () (\"ans\");");
  else
    assignin ("base", "ans", saved{1});
  end
end
