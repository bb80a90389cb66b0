## __k_answered__ (TURN): a question of the kernel's own has been answered.
function __k_answered__ (n)
  __k_prompt__ (n);
  __k_error_mark__ (n);
  __k_record__ (builtin ("sprintf", "D %d {\"how\":1}", n));
end
