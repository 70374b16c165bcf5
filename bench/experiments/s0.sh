# S0: FashionCNN, ten epochs, test accuracy and loss, saved for the other framework.
nn-fetch fashion-mnist | nn-prep --normalize 0.5:0.5 -o data.h5
nn-train --like $LIKE --seed $SEED --model fashion-cnn --epochs ${EPOCHS:-10} --batch 64 -o model.h5 data.h5
nn-eval --brief model.h5 data.h5
nn-convert model.h5 fashion_cnn.$([ $LIKE = pytorch ] && echo pth || echo keras)
