// Package weights reads and writes the named arrays that a network is made of: safetensors (our own
// file), PyTorch checkpoints as nnU-Net writes them, and NumPy archives.
//
// A PyTorch checkpoint is a pickle, a program for a virtual machine that can call anything. The reader
// here runs only the instructions that build dictionaries, lists, numbers, text and tensors, knows a
// fixed list of names, and refuses everything else with a sentence; nothing of the file is executed.
//
// Arrays are float32 in C order; the order of the file is kept.
package weights
