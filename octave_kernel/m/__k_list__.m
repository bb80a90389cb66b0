## text = __k_list__ (KIND, NAMES): KIND and the names, each ended by NUL, and \1.
function text = __k_list__ (kind, names)
  text = [kind, "\0", sprintf("%s\0", names{:}), "\1"];
end
