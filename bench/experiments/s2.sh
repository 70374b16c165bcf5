# S2: the two perceptrons that the tutorial trains with this framework.
nn-fetch mnist | nn-prep --scale 0:1 -o data.h5
he=$([ $LIKE = pytorch ] && echo kaiming_normal || echo he_normal)
dropout="flatten dense:512,init=$he relu dropout:0.5 dense:128,init=$he relu dropout:0.5 dense:10"
train="nn-train --like $LIKE --seed $SEED --epochs ${EPOCHS:-10} --batch 128"
$train --model mlp-sigmoid --optimizer $([ $LIKE = pytorch ] && echo adam || echo rmsprop) -o sigmoid.h5 data.h5
$train --model "$dropout" --optimizer $([ $LIKE = pytorch ] && echo adam || echo adam,weight-decay=1e-4) -o dropout.h5 data.h5
nn-eval --brief sigmoid.h5 dropout.h5 data.h5
