# fish completion for nn-fetch, generated from its options; do not edit
function __nn_fetch_has_no_operand
  set -l typed (commandline -opc)
  set -e typed[1]
  argparse -i 'list' 'cite' 'offline' 'mirror=' 'seed=' 'size=' 'o/output=' 'progress=' 'max-memory=' 'no-clobber' 'if-changed' 'depfile=' 'no-history' 'config=' 'print-config' 'q/quiet' 'v/verbose' 'h/help' 'version' -- $typed 2>/dev/null; or return 1
  test (count $argv) -eq 0
end
complete -c nn-fetch -n __nn_fetch_has_no_operand -f -a 'glyphs digits iris mnist fashion-mnist bbc'
complete -c nn-fetch -f
complete -c nn-fetch -l list -d 'list the datasets, and exit'
complete -c nn-fetch -l cite -d 'print license and citation of NAME, and exit'
complete -c nn-fetch -l offline -d 'use the cache and file:// mirrors only'
complete -c nn-fetch -l mirror -r -d 'try URL/NAME/FILE first'
complete -c nn-fetch -l seed -x -d 'seed of generated data'
complete -c nn-fetch -l size -x -d 'numbers of samples of generated data'
complete -c nn-fetch -l output -s o -r -d 'write HDF5 to FILE'
complete -c nn-fetch -l progress -x -a 'auto always never' -d 'when to draw progress on standard error: auto'
complete -c nn-fetch -l max-memory -x -d 'limit of the memory that data from files and plans may take, for example 512M or 2G'
complete -c nn-fetch -l no-clobber -d 'fail if the output file exists'
complete -c nn-fetch -l if-changed -d 'leave the output file as it is, with its time stamp, when the content would be the same: of HDF5 the digest, of other files the bytes'
complete -c nn-fetch -l depfile -r -d 'write a rule for make and ninja to FILE: the output, and every file that it was made from'
complete -c nn-fetch -l no-history -d 'do not record the commands in the output'
complete -c nn-fetch -l config -r -d 'read options from FILE, with lines of the form name = value'
complete -c nn-fetch -l print-config -d 'print all settings in the form that --config reads, and exit'
complete -c nn-fetch -l quiet -s q -d 'print no progress lines'
complete -c nn-fetch -l verbose -s v -d 'tell what is read, chosen and written'
complete -c nn-fetch -l help -s h -d 'print all options, and exit'
complete -c nn-fetch -l version -d 'print the versions of the tool and its libraries, and exit'
