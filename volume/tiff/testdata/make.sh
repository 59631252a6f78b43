#!/bin/sh
# Writes the files of this folder with ImageMagick and libtiff. Pixel (x, y) of page z is
# (7x + 13y² + 31z) mod 256 in 8 bits, times 256 plus x in 16 bits.
set -e
cd "$(dirname "$0")"
t=$(mktemp -d)
for z in 0 1 2; do
  awk -v z=$z 'BEGIN{print "P2 37 21 255"; for(y=0;y<21;y++) for(x=0;x<37;x++) print (7*x+13*y*y+31*z)%256}' >$t/8-$z.pgm
  awk -v z=$z 'BEGIN{print "P2 37 21 65535"; for(y=0;y<21;y++) for(x=0;x<37;x++) print ((7*x+13*y*y+31*z)%256)*256+x}' >$t/16-$z.pgm
done
awk 'BEGIN{print "P3 37 21 255"; for(y=0;y<21;y++) for(x=0;x<37;x++) for(z=0;z<3;z++) print (7*x+13*y*y+31*z)%256}' >$t/rgb.ppm
awk 'BEGIN{print "P1 37 21"; for(y=0;y<21;y++) for(x=0;x<37;x++) print ((x*y)%3==0)?1:0}' >$t/bits.pbm
c="convert -quiet"
for kind in None LZW Zip RLE Zstd; do $c $t/8-0.pgm -compress $kind 8-$kind.tif; done
$c $t/16-0.pgm -compress LZW 16-LZW.tif
$c $t/16-0.pgm -compress LZW -define tiff:endian=msb 16-LZW-msb.tif
$c $t/16-0.pgm -compress None -define tiff:endian=msb 16-msb.tif
$c $t/8-0.pgm $t/8-1.pgm $t/8-2.pgm -compress Zip 8-pages.tif
$c $t/16-0.pgm $t/16-1.pgm $t/16-2.pgm -compress None tiff64:16-pages-big.tif
$c $t/rgb.ppm -compress LZW rgb-LZW.tif
$c $t/rgb.ppm -interlace plane -compress Zip rgb-planes.tif
$c $t/rgb.ppm -compress Zip -define tiff:tile-geometry=16x16 rgb-tiles.tif
$c $t/8-0.pgm -compress None -define tiff:rows-per-strip=4 8-strips.tif
# ImageMagick sets a predictor where there is no compression, which libtiff refuses and passes over.
$c $t/8-0.pgm -compress None -depth 32 -define quantum:format=floating-point float.tif || test -s float.tif
$c $t/8-0.pgm -compress Zip -depth 32 -define quantum:format=floating-point float-predictor.tif
$c $t/bits.pbm -type bilevel -depth 1 -compress None bits.tif
$c $t/8-0.pgm -compress JPEG -quality 100 jpeg.tif
rm -r $t
