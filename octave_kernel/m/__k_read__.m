## line = __k_read__ (): the next line that is typed. Octave's own prompt reads all folders of the path before each line.
function line = __k_read__ ()
  line = builtin ("input", builtin ("PS1"), "s");
end
