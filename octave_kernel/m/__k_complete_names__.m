## text = __k_complete_names__ (): all names that Octave knows, in two lists: of the variables, and of all.
function text = __k_complete_names__ ()
  names = completion_matches ("");
  names(names == "\0") = " ";
  text = [__k_list__("variable", {__k_workspace__().name}), __k_list__("function", cellstr (names))];
end
