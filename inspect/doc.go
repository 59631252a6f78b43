// Package inspect runs one forward or backward pass of a network outside training, so that people and
// tests can look at outputs, layers and gradients.
//
// Arrays are (batch, channel, z, y, x) or (batch, channel, y, x).
package inspect
