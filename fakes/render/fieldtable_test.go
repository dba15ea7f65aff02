package render_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"hookproof/fakes/render"
)

// Which type of service can have which field, as Render's documentation and
// schema have it.
const fieldsOfTypes = `
field                       web worker pserv cron static keyvalue workflow
region                      yes yes    yes   yes  no     yes      yes
repo                        yes yes    yes   yes  yes    no       yes
branch                      yes yes    yes   yes  yes    no       yes
rootDir                     yes yes    yes   yes  yes    no       yes
image                       yes yes    yes   yes  no     no       yes
schedule                    no  no     no    yes  no     no       no
envVars                     yes yes    yes   yes  yes    no       yes
domain                      yes no     no    no   yes    no       no
domains                     yes no     no    no   yes    no       no
scaling                     yes yes    yes   no   no     no       no
disk                        yes yes    yes   no   no     no       no
headers                     no  no     no    no   yes    no       no
routes                      no  no     no    no   yes    no       no
previews                    yes yes    yes   yes  yes    yes      no
autoDeploy                  yes yes    yes   yes  yes    no       yes
buildCommand                yes yes    yes   yes  yes    no       yes
startCommand                yes yes    yes   yes  no     no       yes
preDeployCommand            yes yes    yes   no   no     no       no
initialDeployHook           yes yes    yes   no   no     no       no
dockerCommand               yes yes    yes   yes  no     no       yes
dockerContext               yes yes    yes   yes  no     no       yes
dockerfilePath              yes yes    yes   yes  no     no       yes
staticPublishPath           no  no     no    no   yes    no       no
registryCredential          yes yes    yes   yes  no     no       yes
numInstances                yes yes    yes   no   no     no       no
maxShutdownDelaySeconds     yes yes    yes   yes  no     no       no
autoDeployTrigger           yes yes    yes   yes  yes    no       yes
buildFilter                 yes yes    yes   yes  yes    no       yes
renderSubdomainPolicy       yes no     no    no   yes    no       no
maintenanceMode             yes no     no    no   no     no       no
maxmemoryPolicy             no  no     no    no   no     yes      no
persistenceMode             no  no     no    no   no     yes      no
pullRequestPreviewsEnabled  yes yes    yes   yes  yes    no       no
runtime                     yes yes    yes   yes  yes    no       yes
plan                        yes yes    yes   yes  yes    yes      no
`

func TestFieldsOfTypes(t *testing.T) {
	t.Parallel()
	rows := strings.Split(strings.TrimSpace(fieldsOfTypes), "\n")
	types := strings.Fields(rows[0])[1:]
	for _, row := range rows[1:] {
		cells := strings.Fields(row)
		require.Len(t, cells, len(types)+1, row)
		for i, kind := range types {
			field := cells[0]
			text := fmt.Sprintf("services:\n  - {type: %s, name: x, %s: }\n", kind, field)
			if kind == "static" {
				text = fmt.Sprintf("services:\n  - {type: web, runtime: static, name: x, %s: }\n", field)
			}
			if kind == "static" && field == "runtime" {
				text = "services:\n  - {type: web, name: x, runtime: static}\n"
			}
			_, err := render.Parse("f", []byte(text))
			require.Error(t, err, "empty values are refused, and more is missing")
			refused := strings.Contains(err.Error(), field+" is a field of ") && strings.Contains(err.Error(), "not of "+kind)
			assert.Equal(t, cells[i+1] == "no", refused, "%s of type %s: %s", field, kind, err)
		}
	}
}

// What may not be missing from an object.
func TestRequiredFields(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"services: [{}]", "services[0]: name type"},
		{"services: [{type: web, name: x}]", "services[0]: runtime"},
		{"services: [{type: worker, name: x}]", "services[0]: runtime"},
		{"services: [{type: cron, name: x}]", "services[0]: runtime schedule"},
		{"services: [{type: web, name: x, runtime: static}]", "services[0]: staticPublishPath"},
		{"services: [{type: keyvalue, name: x}]", "services[0]: ipAllowList"},
		{worker("disk: {}"), "services[0].disk: mountPath name"},
		{worker("scaling: {targetCPUPercent: 5}"), "services[0].scaling: maxInstances minInstances"},
		{strings.Replace(worker("image: {}"), "docker", "image", 1), "services[0].image: url"},
		{worker("registryCredential: {}"), "services[0].registryCredential: fromRegistryCreds"},
		{worker("registryCredential: {fromRegistryCreds: {}}"), "services[0].registryCredential.fromRegistryCreds: name"},
		{worker("envVars: [{key: A, fromDatabase: {}}]"), "services[0].envVars[0].fromDatabase: name property"},
		{worker("envVars: [{key: A, fromService: {property: host}}]"), "services[0].envVars[0].fromService: name type"},
		{"services: [{type: web, name: x, runtime: static, staticPublishPath: y, headers: [{}]}]", "services[0].headers[0]: name path value"},
		{"services: [{type: web, name: x, runtime: static, staticPublishPath: y, routes: [{}]}]", "services[0].routes[0]: destination source type"},
		{"services: [{type: keyvalue, name: x, ipAllowList: [{}]}]", "services[0].ipAllowList[0]: source"},
		{"databases: [{}]", "databases[0]: name"},
		{"databases: [{name: d, highAvailability: {}}]", "databases[0].highAvailability: enabled"},
		{"databases: [{name: d, readReplicas: [{}]}]", "databases[0].readReplicas[0]: name"},
		{"envVarGroups: [{}]", "envVarGroups[0]: envVars name"},
		{"envVarGroups: [{name: g, envVars: [{value: x}]}]", "envVarGroups[0].envVars[0]: key"},
		{worker("") + "projects: [{}]", "projects[0]: environments name"},
		{worker("") + "projects: [{name: p, environments: [{}]}]", "projects[0].environments[0]: name"},
	} {
		_, err := render.Parse("f", []byte(tt.text))
		mistakes := render.Mistakes{}
		require.ErrorAs(t, err, &mistakes, tt.text)
		where, names, _ := strings.Cut(tt.want, ": ")
		var got []string
		for _, m := range mistakes {
			if name, _, found := strings.Cut(m.Text, " is required"); found {
				assert.Equal(t, where+"."+name, m.Path, tt.text)
				got = append(got, name)
			}
		}
		assert.Equal(t, strings.Fields(names), got, tt.text)
	}
}

// The words and ranges of fields that have no test of their own.
func TestWordsAndRanges(t *testing.T) {
	t.Parallel()
	scaling := func(field string) string {
		return worker("scaling: {minInstances: 1, maxInstances: 2, targetCPUPercent: 5, " + field + "}")
	}
	static := "services: [{type: web, name: x, runtime: static, staticPublishPath: y, "
	for _, tt := range []struct{ text, want string }{
		{"previewsExpireAfterDays: 0\n" + worker(""), "0 is not from 1 to 3650"},
		{"previewsExpireAfterDays: 3651\n" + worker(""), "3651 is not from 1 to 3650"},
		{"previews: {expireAfterDays: 3651}\n" + worker(""), "3651 is not from 1 to 3650"},
		{strings.Replace(scaling("x: 1"), "minInstances: 1", "minInstances: 101", 1), "101 is not from 1 to 100"},
		{strings.Replace(scaling("x: 1"), "maxInstances: 2", "maxInstances: 101", 1), "101 is not from 1 to 100"},
		{scaling("targetMemoryPercent: 91"), "91 is not from 1 to 90"},
		{worker("numInstances: 101"), "101 is not from 1 to 100"},
		{worker("previews: {numInstances: 101}"), "101 is not from 1 to 100"},
		{worker("disk: {name: d, mountPath: /d, sizeGB: 0}"), "0 is not from 1 to "},
		{worker("disk: {name: d, mountPath: /d, sizeGB: 2000000}"), "2000000 is not from 1 to "},
		{"databases: [{name: d, diskSizeGB: 2000000}]", "2000000 is not from 1 to "},
		{"databases: [{name: d, previewDiskSizeGB: 2000000}]", "2000000 is not from 1 to "},
		{"projects: [{name: p, environments: [{name: e, networking: {isolation: x}}]}]", "x is none of enabled, disabled"},
		{"projects: [{name: p, environments: [{name: e, permissions: {protection: x}}]}]", "x is none of enabled, disabled"},
		{static + "renderSubdomainPolicy: x}]", "x is none of enabled, disabled"},
		{static + "routes: [{type: x, source: /, destination: /}]}]", "x is none of redirect, rewrite"},
		{"databases: [{name: d, region: x}]", "x is none of oregon"},
		{worker("envVars: [{key: A, fromService: {type: web, name: x, property: x}}]"), "x is none of host, port, hostport, connectionString"},
		{worker("envVars: [{key: A, fromDatabase: {name: x, property: x}}]"), "x is none of host, port, database, user, password, connectionString"},
		{worker("envVars: [{key: A, fromService: {type: x, name: x, property: host}}]"), "unknown type x"},
	} {
		_, err := render.Parse("f", []byte(tt.text))
		assert.ErrorContains(t, err, tt.want, tt.text)
	}
}

func TestOldPreviewPlan(t *testing.T) {
	t.Parallel()
	b, err := render.Parse("f", []byte(worker("previewPlan: standard")))
	require.NoError(t, err)
	assert.Contains(t, b.Notes.Error(), "previewPlan is the old form: write previews: {plan: ...}")
}
