## text = __k_quote__ (TEXT): as a JSON string. (jsonencode came with Octave 7.)
function text = __k_quote__ (text)
  mlock ();
  text = text(:).';
  if (any (iscntrl (text) | text == "\\" | text == "\""))
    text = strrep (strrep (text, "\\", "\\\\"), "\"", "\\\"");
    for code = unique (double (text(iscntrl (text))))
      text = strrep (text, char (code), sprintf ("\\u%04x", code));
    end
  end
  text = sprintf ("\"%s\"", text);
end
