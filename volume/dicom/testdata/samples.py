"""Writes samples.json: what pydicom, dcmtk, nibabel and plain numpy read from the sample files.

usage: python3 samples.py SAMPLES > samples.json
For every file: the number of voxels, their sum, and their sum weighted by (index mod 1009), channels first,
then slowest axis first, of values rounded to float32. Where pydicom has no decoder, dcmtk unpacks the file first.
"""
import json, os, re, subprocess, sys, tempfile, warnings, zlib
import nibabel, numpy as np, pydicom

warnings.simplefilter("ignore")
root = sys.argv[1]


def pixels(path):
    d = pydicom.dcmread(path, force=True)
    try:
        return d, d.pixel_array
    except Exception:
        pass
    for tool in ("dcmdjpeg", "dcmdjpls"):
        with tempfile.NamedTemporaryFile() as f:
            if subprocess.run([tool, path, f.name], capture_output=True).returncode == 0:
                return d, pydicom.dcmread(f.name).pixel_array
    raise ValueError("nobody reads it")


def dicom(path):
    d, a = pixels(path)
    if not d.PixelRepresentation:
        a = a.astype(np.float64)
    elif d.BitsStored < 16:  # dcmtk leaves the sign to the reader
        shift = a.dtype.itemsize * 8 - d.BitsStored
        a = (a << shift >> shift).astype(np.float64)
    a = a.astype(np.float64)
    if d.SamplesPerPixel == 3:
        if d.PhotometricInterpretation.startswith("YBR_FULL"):
            y, b, r = a[..., 0], a[..., 1] - 128, a[..., 2] - 128
            a = np.stack([y + 1.402 * r, y - 0.114 * 1.772 / 0.587 * b - 0.299 * 1.402 / 0.587 * r, y + 1.772 * b], -1)
            a = np.clip(np.floor(a + 0.5), 0, 255)
        a = np.moveaxis(a, -1, 0)
    return a * float(d.get("RescaleSlope", 1)) + float(d.get("RescaleIntercept", 0))


def nifti(path):
    return np.asarray(nibabel.load(path).dataobj).T


def meta(path):
    data = open(path, "rb").read()
    head, fields = data.split(b"ElementDataFile", 1)[0].decode(), {}
    for line in head.splitlines():
        key, _, value = line.partition("=")
        fields[key.strip()] = value.strip()
    name = re.search(rb"ElementDataFile\s*=\s*(.*?)\r?\n?$", data, re.M).group(1).strip().decode()
    raw = data.split(b"LOCAL", 1)[1].lstrip(b"\r")[1:] if name == "LOCAL" else open(os.path.join(os.path.dirname(path), name), "rb").read()
    if fields.get("CompressedData") == "True":
        raw = zlib.decompress(raw)
    kind = {"MET_SHORT": "<i2", "MET_FLOAT": "<f4", "MET_UCHAR": "u1", "MET_CHAR": "i1"}[fields["ElementType"]]
    shape = [int(n) for n in fields["DimSize"].split()][::-1]
    return np.frombuffer(raw, kind, int(np.prod(shape))).reshape(shape)


out = {}
for folder in ("dicom-transfer-syntaxes", "dicom-wg04-ct-mr", "dicom-ct-series", "dicom-seg/ct-3slice", "dicom-rtstruct", "nifti-variants", "metaimage"):
    for where, _, names in sorted(os.walk(os.path.join(root, folder))):
        for name in sorted(names):
            path = os.path.join(where, name)
            if name.endswith((".md", ".txt", ".raw")):
                continue
            read = nifti if ".nii" in name or name.endswith(".hdr") else meta if name.endswith((".mha", ".mhd")) else dicom
            try:
                with np.errstate(all="ignore"):
                    a = read(path).astype(np.float32).astype(np.float64).ravel()
            except Exception:
                continue
            a = np.nan_to_num(a)
            out[os.path.relpath(path, root)] = {"voxels": a.size, "sum": a.sum(), "weighted": (a * (np.arange(a.size) % 1009)).sum()}
json.dump(out, sys.stdout, indent=0, sort_keys=True)
print()
