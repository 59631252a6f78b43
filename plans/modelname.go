package plans

// ownFamilies are the networks that a planner chooses of itself.
var ownFamilies = map[string]string{
	"default": "plain", "resenc-m": "residual", "resenc-l": "residual", "resenc-xl": "residual", "decathlon-2018": "plain",
}

// ModelName returns the name of a configuration's model folder: the configuration's own, and with another
// network than the planner chooses of itself configuration@network, so that both find room in one run.
func (p *Plans) ModelName(c *Configuration) string {
	family := c.Architecture.Family
	own, known := ownFamilies[p.Planner]
	if family == own || !known && networkClasses[family] != "" { // nnU-Net's networks by a planner of its users
		return c.Name
	}
	return c.Name + "@" + family
}
