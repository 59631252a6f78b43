package plans

// Reasons maps the path of a field as it stands in the YAML form (configurations.2d.patch_size) to the
// sentence that says why the field has its value, with the numbers behind it.
type Reasons map[string]string
