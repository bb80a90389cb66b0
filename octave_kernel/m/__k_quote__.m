## text = __k_quote__ (TEXT): as a JSON string. (jsonencode came with Octave 7.)
function text = __k_quote__ (text)
  mlock ();
  text = text(:).';
  control = builtin ("iscntrl", text);
  if (builtin ("any", control | text == "\\" | text == "\""))
    text = builtin ("strrep", builtin ("strrep", text, "\\", "\\\\"), "\"", "\\\"");
    if (builtin ("any", control))
      for code = [0:31, 127]
        text = builtin ("strrep", text, builtin ("char", code), builtin ("sprintf", "\\u%04x", code));
      end
    end
  end
  text = builtin ("sprintf", "\"%s\"", text);
end
