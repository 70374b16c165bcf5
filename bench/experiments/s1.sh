# S1: LeNet-5, thirteen epochs, the best model kept, the loss curves of training and test samples.
nn-fetch fashion-mnist | nn-prep --scale 0:1 -o data.h5
nn-train --like $LIKE --seed $SEED --model lenet5 --epochs ${EPOCHS:-13} --batch 128 --validation test --save-best best.h5,val_loss -o model.h5 data.h5
nn-plot-data history -y loss,val_loss -o loss.png model.h5
