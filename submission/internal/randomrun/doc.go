// Package randomrun makes what the tests of handing in start from: a run folder whose models have two stages
// and random weights, and an image of noise for them.
package randomrun
