## text = __k_complete_files__ (FOLDER, BEGINNING): what FOLDER holds whose name begins so: folders and files.
function text = __k_complete_files__ (folder, beginning)
  most = 1000;  # more than anybody reads
  if (isempty (folder))
    folder = ["." filesep()];
  end
  folder = tilde_expand (folder);
  names = setdiff (readdir (folder), {".", ".."});
  if (! isempty (beginning))
    names = names(strncmp (names, beginning, numel (beginning)));
  end
  names = names(1:min (most, end));
  are_folders = cellfun (@(name) isfolder ([folder name]), names);
  text = [__k_list__("directory", names(are_folders)), __k_list__("file", names(! are_folders))];
end
