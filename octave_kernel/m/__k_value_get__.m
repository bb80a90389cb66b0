## bytes = __k_value_get__ (NAME, FOLDER): the value of a variable, as __k_value_pack__ writes it, after the order of its
## bytes.
function bytes = __k_value_get__ (name, folder = "")
  if (! __k_are_variables__ ({name}))
    error ("there is no variable of this name");
  end
  [~, ~, order] = computer ();
  bytes = [order, char(__k_value_pack__ (evalin ("base", name), folder))];
end
