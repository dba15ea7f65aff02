package render

// The fields of a Blueprint, restated from Render's documentation and from what
// its JSON Schema refuses. The schema itself states no licence and is not here.
// Where the two differ the stricter one is taken, for a file should pass both.

// These are the types of services for which the fields below are.
const (
	servers   = "web worker pserv"
	built     = "web worker pserv cron static workflow" // from a repository
	processes = "web worker pserv cron workflow"
)

var rootObject = &object{what: "the file", hints: rootHints, fields: map[string]field{
	"version":                 {check: oneOf("1")},
	"services":                {check: listOf(aService)},
	"databases":               {check: listOf(an(databaseObject))},
	"envVarGroups":            {check: listOf(an(groupObject))},
	"projects":                {check: listOf(an(projectObject))},
	"ungrouped":               {check: an(ungroupedObject)},
	"previews":                {check: an(rootPreviewsObject)},
	"previewsEnabled":         {check: trueOrFalse, old: "previews: {generation: automatic}"},
	"previewsExpireAfterDays": {check: wholeNumber(1, 3650), old: "previews: {expireAfterDays: ...}"},
}}

var projectObject = &object{what: "a project", fields: map[string]field{
	"name":         {check: anyText, need: true},
	"environments": {check: listOf(an(environmentObject)), need: true},
}}

var environmentObject = &object{what: "an environment", fields: map[string]field{
	"name":         {check: anyText, need: true},
	"services":     {check: listOf(aService)},
	"databases":    {check: listOf(an(databaseObject))},
	"envVarGroups": {check: listOf(an(groupObject))},
	"networking":   {check: an(&object{what: "networking", open: true, fields: map[string]field{"isolation": {check: oneOf("enabled", "disabled")}}})},
	"permissions":  {check: an(&object{what: "permissions", open: true, fields: map[string]field{"protection": {check: oneOf("enabled", "disabled")}}})},
}}

var ungroupedObject = &object{what: "ungrouped", fields: map[string]field{
	"services":     {check: listOf(aService)},
	"databases":    {check: listOf(an(databaseObject))},
	"envVarGroups": {check: listOf(an(groupObject))},
}}

var regions = oneOf("oregon", "ohio", "virginia", "frankfurt", "singapore")

var generations = oneOf("off", "manual", "automatic")

// serviceObject has the fields of all types of services. A static site is a web
// service with the runtime static, and here a type of its own.
var serviceObject = &object{what: "a service", server: "file.Service", hints: serviceHints, fields: map[string]field{
	"type": {check: serviceType, need: true},
	"name": {check: anyText, need: true},
	"runtime": {check: oneOf("go", "docker", "image", "node", "python", "ruby", "rust", "elixir", "static"),
		need: true, only: built},
	"plan":   {check: anyText, only: servers + " cron static keyvalue"}, // which ones there are depends on the type, and is a rule
	"region": {check: regions, only: processes + " keyvalue"},

	"repo":       {check: anyText, only: built},
	"branch":     {check: anyText, only: built},
	"rootDir":    {check: anyText, only: built},
	"image":      {check: an(imageObject), only: processes},
	"schedule":   {check: anyText, need: true, only: "cron"},
	"envVars":    {check: listOf(an(envVarObject)), only: built},
	"domain":     {check: anyText, only: "web static"},
	"domains":    {check: listOf(anyText), only: "web static"},
	"scaling":    {check: an(scalingObject), only: servers},
	"disk":       {check: an(diskObject), only: servers},
	"headers":    {check: listOf(an(headerObject)), only: "static"},
	"routes":     {check: listOf(an(routeObject)), only: "static"},
	"previews":   {check: an(servicePreviewsObject), only: servers + " cron static keyvalue"},
	"autoDeploy": {check: trueOrFalse, only: built, old: "autoDeployTrigger"},

	"buildCommand":      {check: anyText, only: built},
	"startCommand":      {check: anyText, only: processes},
	"preDeployCommand":  {check: anyText, only: servers},
	"initialDeployHook": {check: anyText, only: servers},
	"dockerCommand":     {check: anyText, only: processes},
	"dockerContext":     {check: anyText, only: processes},
	"dockerfilePath":    {check: anyText, only: processes},
	"staticPublishPath": {check: anyText, need: true, only: "static"},

	"registryCredential":      {check: an(credentialsObject), only: processes},
	"numInstances":            {check: wholeNumber(1, 100), only: servers},
	"healthCheckPath":         {check: anyText}, // web only, and a rule
	"maxShutdownDelaySeconds": {check: wholeNumber(1, 300), only: servers + " cron"},
	"autoDeployTrigger":       {check: oneOf("off", "commit", "checksPass"), only: built},
	"buildFilter":             {check: an(buildFilterObject), only: built},
	"renderSubdomainPolicy":   {check: oneOf("enabled", "disabled"), only: "web static"},
	"maintenanceMode":         {check: an(&object{what: "maintenanceMode", open: true}), only: "web"},

	"ipAllowList":                {check: listOf(an(allowedObject))},
	"maxmemoryPolicy":            {check: anyText, only: "keyvalue"},
	"persistenceMode":            {check: anyText, only: "keyvalue"},
	"pullRequestPreviewsEnabled": {check: trueOrFalse, only: servers + " cron static", old: "previews: {generation: automatic}"},
	"previewPlan":                {check: anyText, old: "previews: {plan: ...}"},
}}

var imageObject = &object{what: "an image", fields: map[string]field{
	"url":   {check: anyText, need: true},
	"creds": {check: an(credentialsObject)},
}}

var credentialsObject = &object{what: "a registry credential", fields: map[string]field{
	"fromRegistryCreds": {check: an(&object{what: "fromRegistryCreds", fields: map[string]field{"name": {check: anyText, need: true}}}), need: true},
}}

var scalingObject = &object{what: "scaling", open: true, fields: map[string]field{
	"minInstances":        {check: wholeNumber(1, 100), need: true},
	"maxInstances":        {check: wholeNumber(1, 100), need: true},
	"targetCPUPercent":    {check: wholeNumber(1, 90)},
	"targetMemoryPercent": {check: wholeNumber(1, 90)},
}}

var diskObject = &object{what: "a disk", fields: map[string]field{
	"name":      {check: anyText, need: true},
	"mountPath": {check: anyText, need: true},
	"sizeGB":    {check: wholeNumber(1, 1<<20)},
}}

var headerObject = &object{what: "a header", open: true, fields: map[string]field{
	"path": {check: anyText, need: true}, "name": {check: anyText, need: true}, "value": {check: anyText, need: true},
}}

var routeObject = &object{what: "a route", open: true, fields: map[string]field{
	"type": {check: oneOf("redirect", "rewrite"), need: true}, "source": {check: anyText, need: true}, "destination": {check: anyText, need: true},
}}

var buildFilterObject = &object{what: "a build filter", open: true, fields: map[string]field{
	"paths": {check: listOf(anyText)}, "ignoredPaths": {check: listOf(anyText)},
}}

var allowedObject = &object{what: "an allowed range", fields: map[string]field{
	"source": {check: anyText, need: true}, "description": {check: anyText},
}}

var servicePreviewsObject = &object{what: "a service's previews", fields: map[string]field{
	"generation": {check: generations}, "plan": {check: anyText}, "numInstances": {check: wholeNumber(1, 100)},
}}

var rootPreviewsObject = &object{what: "previews", fields: map[string]field{
	"generation": {check: generations}, "expireAfterDays": {check: wholeNumber(1, 3650)},
}}

// databaseObject lets plans pass as they are: there are more than fifty, and
// this bot has no database.
var databaseObject = &object{what: "a database", fields: map[string]field{
	"name":                      {check: anyText, need: true},
	"databaseName":              {check: anyText},
	"user":                      {check: anyText},
	"plan":                      {check: anyText},
	"previewPlan":               {check: anyText},
	"region":                    {check: regions},
	"diskSizeGB":                {check: wholeNumber(1, 1<<20)},
	"previewDiskSizeGB":         {check: wholeNumber(1, 1<<20)},
	"postgresMajorVersion":      {check: anyText},
	"storageAutoscalingEnabled": {check: trueOrFalse},
	"connectionPool":            {check: anyText},
	"ipAllowList":               {check: listOf(an(allowedObject))},
	"parameterOverrides":        {check: an(&object{what: "parameterOverrides", open: true})},
	"highAvailability":          {check: an(&object{what: "highAvailability", fields: map[string]field{"enabled": {check: trueOrFalse, need: true}}})},
	"readReplicas":              {check: listOf(an(&object{what: "a read replica", open: true, fields: map[string]field{"name": {check: anyText, need: true}}}))},
}}

var groupObject = &object{what: "a group", fields: map[string]field{
	"name":    {check: anyText, need: true},
	"envVars": {check: listOf(an(groupVarObject)), need: true},
}}

var groupVarObject = &object{what: "a group's variable", hints: groupVarHints, fields: map[string]field{
	"key": {check: anyText, need: true}, "value": {check: literalValue}, "generateValue": {check: trueOrFalse},
}}

var envVarObject = &object{what: "a variable", hints: envVarHints, fields: map[string]field{
	"key":           {check: anyText},
	"value":         {check: literalValue},
	"sync":          {check: trueOrFalse},
	"generateValue": {check: trueOrFalse},
	"previewValue":  {check: literalValue},
	"fromGroup":     {check: anyText},
	"fromDatabase":  {check: an(fromDatabaseObject)},
	"fromService":   {check: an(fromServiceObject)},
}}

var fromServiceObject = &object{what: "fromService", fields: map[string]field{
	"type":      {check: serviceType, need: true},
	"name":      {check: anyText, need: true},
	"property":  {check: oneOf("host", "port", "hostport", "connectionString")},
	"envVarKey": {check: anyText},
}}

var fromDatabaseObject = &object{what: "fromDatabase", fields: map[string]field{
	"name":     {check: anyText, need: true},
	"property": {check: oneOf("host", "port", "database", "user", "password", "connectionString"), need: true},
}}

// aService is the check of a service, whose fields depend on its type.
func aService(w *walk, at spot) {
	if w.as(at, isMapping) {
		serviceObject.hold(w, at, typeOf(at))
	}
}

// typeOf is the type whose fields the service has; "" when it has none, and all
// fields pass.
func typeOf(at spot) string {
	switch kind := at.get("type").text(); kind {
	case "web":
		if at.get("runtime").text() == "static" || at.get("env").text() == "static" {
			return "static"
		}
		return kind
	case "redis":
		return "keyvalue"
	case "worker", "pserv", "cron", "keyvalue", "workflow":
		return kind
	}
	return ""
}

func serviceType(w *walk, at spot) {
	if !w.as(at, isText) {
		return
	}
	switch kind := at.text(); kind {
	case "web", "worker", "pserv", "cron", "keyvalue", "workflow":
	case "redis":
		w.found.note(at, fromDocs, "redis is the old form: write keyvalue")
	case "static":
		w.found.say(at, fromServer, `unknown type "static": write type: web with runtime: static`)
	default:
		w.found.say(at, fromServer, "unknown type %s: it is web, worker, pserv, cron, keyvalue or workflow", quote(kind))
	}
}
