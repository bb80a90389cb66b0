## bytes = __k_value_numbers__ (VALUE, IS_COMPLEX): numbers, characters or truths as they lie in memory.
function bytes = __k_value_numbers__ (value, is_complex)
  if (islogical (value) || ischar (value))
    bytes = uint8 (value)(:).';
  elseif (isempty (value))
    bytes = zeros (1, 0, "uint8");
  elseif (is_complex)
    bytes = [typecast(real (value)(:), "uint8")(:); typecast(imag (value)(:), "uint8")(:)].';
  else
    bytes = typecast (value(:), "uint8")(:).';
  end
end
