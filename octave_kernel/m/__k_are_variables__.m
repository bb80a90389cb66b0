## yes = __k_are_variables__ (NAMES): whether there are some, and each is a variable.
function yes = __k_are_variables__ (names)
  known = {__k_workspace__().name};
  yes = ! isempty (names);
  for k = 1:numel (names)
    yes = yes && any (strcmp (names{k}, known));
  end
end
