## bytes = __k_value_numbers__ (COLUMN, IS_COMPLEX): numbers, characters or truths as they lie in memory.
function bytes = __k_value_numbers__ (column, is_complex)
  if (islogical (column) || ischar (column))
    bytes = uint8 (column)(:).';
  elseif (isempty (column))
    bytes = zeros (1, 0, "uint8");
  elseif (is_complex)
    bytes = [typecast(real (column), "uint8")(:); typecast(imag (column), "uint8")(:)].';
  else
    bytes = typecast (column, "uint8")(:).';
  end
end
