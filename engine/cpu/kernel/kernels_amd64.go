package kernel

func levelKernels(Level) *microkernels { return portableKernels() }
