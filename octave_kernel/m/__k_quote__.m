## text = __k_quote__ (TEXT): as a JSON string. (jsonencode came with Octave 7.)
function text = __k_quote__ (text)
  text = strrep (strrep (text(:).', "\\", "\\\\"), "\"", "\\\"");
  for code = unique (double (text(text < 32)))
    text = strrep (text, char (code), sprintf ("\\u%04x", code));
  end
  text = ["\"", text, "\""];
end
