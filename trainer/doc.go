// Package trainer trains one fold of one configuration: it draws patches from preprocessed cases, has
// them augmented, makes the updates on an executor, watches the validation cases, and leaves weights,
// checkpoints and a log in the fold's folder.
//
//	err := trainer.Run(ctx, trainer.Job{
//		Config: trainer.Default(), Configuration: c, Labelling: labelling,
//		Store: store, Split: fold, Folder: "models/3d_fullres/fold_0", Executor: executor,
//	})
//
// # Flow
//
// Sampler chooses boxes, Source makes batches of them, Loader does so ahead in goroutines of its own,
// Stepper computes the updates, Trainer is the loop around them. Epochs are counted from 0.
//
// # The same bits every time
//
// Every random number derives from (seed, purpose, epoch, iteration, sample), so batches do not depend
// on the number of workers. A checkpoint holds parameters, optimiser states and the place in the
// schedule; after any kill the training goes on from the newest whole one of two, and ends with the
// weights of an undisturbed run. A deadline makes the length of the training depend on the machine's
// speed; the resolved schedule is kept and can be replayed.
package trainer
