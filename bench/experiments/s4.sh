# S4: samples, summary, callbacks with TensorBoard, curves, ten predictions, confusion.
nn-fetch mnist | nn-prep --scale 0:1 --split val=last20% -o data.h5
nn-plot-data samples --grid 2x5 --titles class -o samples.png data.h5
nn-train --like $LIKE --seed $SEED --model mlp-tutorial --epochs ${EPOCHS:-20} --batch 128 --early-stop val_loss,patience=5,restore-best \
  --reduce-lr val_loss,factor=0.5,patience=2,min-lr=1e-7 --save-best best.h5,val_accuracy --tensorboard logs,histograms=1 -o model.h5 data.h5
nn-info model.h5
nn-eval --brief model.h5 data.h5
nn-plot-data history -y loss,val_loss -o loss.png model.h5
nn-plot-data history -y accuracy,val_accuracy -o accuracy.png model.h5
nn-predict -o predictions.h5 model.h5 data.h5
nn-plot-data predictions --rows 0:10 -o predictions.png predictions.h5 data.h5
nn-plot-data confusion -o confusion.png predictions.h5
