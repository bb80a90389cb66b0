## text = __k_variables__ (): the variables of the workspace; each as __k_variables_one__ tells it.
function text = __k_variables__ ()
  found = __k_workspace__ ();
  text = "";
  for k = 1:numel (found)
    if (! strncmp (found(k).name, "__k_", 4))
      text = [text, __k_variables_one__(found(k).name, evalin ("base", found(k).name), found(k).global)];
    end
  end
end
