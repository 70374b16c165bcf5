# fish completion for nn-plot-data, generated from its options; do not edit
function __nn_plot_data_has_no_operand
  set -l typed (commandline -opc)
  set -e typed[1]
  argparse -i 'T/type=' 'format=' 'y/columns=' 'x/by=' 'grid=' 'rows=' 'split=' 'wrong' 'layer=' 'titles=' 'title=' 'size=' 'o/output=' 'json' 'max-memory=' 'no-clobber' 'no-history' 'config=' 'print-config' 'list=' 'q/quiet' 'v/verbose' 'h/help' 'version' -- $typed 2>/dev/null; or return 1
  test (count $argv) -eq 0
end
complete -c nn-plot-data -n __nn_plot_data_has_no_operand -f -a 'history samples confusion predictions filters'
complete -c nn-plot-data -l type -s T -x -a 'tsv csv json gp text svg png pdf' -d 'format of the output'
complete -c nn-plot-data -l format -x -a 'tsv csv json gp text svg png pdf' -d 'the same as --type'
complete -c nn-plot-data -l columns -s y -x -d 'columns of the history, separated by commas'
complete -c nn-plot-data -l by -s x -x -a 'epoch step' -d 'x axis of a history: epoch, or step for the finer rows of /steps [epoch]'
complete -c nn-plot-data -l grid -x -d 'rows and columns of small pictures'
complete -c nn-plot-data -l rows -x -d 'rows of the split, for example 0:10 or 3,5,9'
complete -c nn-plot-data -l split -x -d 'split to show'
complete -c nn-plot-data -l wrong -d 'show wrong predictions only'
complete -c nn-plot-data -l layer -x -d 'layer whose filters are shown'
complete -c nn-plot-data -l titles -x -a 'class label row none' -d 'title of each sample'
complete -c nn-plot-data -l title -x -d 'text above the picture'
complete -c nn-plot-data -l size -x -d 'width and height of the picture in pixels'
complete -c nn-plot-data -l output -s o -r -d 'write to FILE instead of standard output'
complete -c nn-plot-data -l json -d 'print JSON instead of a table'
complete -c nn-plot-data -l max-memory -x -d 'limit of the memory that data from files and plans may take, for example 512M or 2G'
complete -c nn-plot-data -l no-clobber -d 'fail if the output file exists'
complete -c nn-plot-data -l no-history -d 'do not record the commands in the output'
complete -c nn-plot-data -l config -r -d 'read options from FILE, with lines of the form name = value'
complete -c nn-plot-data -l print-config -d 'print all settings in the form that --config reads, and exit'
complete -c nn-plot-data -l list -x -a 'pictures' -d 'list what is available, and exit'
complete -c nn-plot-data -l quiet -s q -d 'print no progress lines'
complete -c nn-plot-data -l verbose -s v -d 'tell what is read, chosen and written'
complete -c nn-plot-data -l help -s h -d 'print all options, and exit'
complete -c nn-plot-data -l version -d 'print the versions of the tool and its libraries, and exit'
