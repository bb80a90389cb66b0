## text = __k_value_set__ (NAME, FILE): give a variable the value that FILE holds, as __k_value_pack__ writes it.
function text = __k_value_set__ (name, file)
  f = fopen (file, "r");
  bytes = fread (f, Inf, "*uint8").';
  fclose (f);
  value = __k_value_unpack__ (bytes, 1);
  assignin ("base", name, value);
  text = "";
end
