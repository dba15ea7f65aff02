package render

// planRules are about what a plan allows. Render's server checks them after the
// schema: a file can pass that and be refused all the same.
func planRules() []rule {
	return []rule{
		{"plan", fromServer, false, each(planExists)},
		{"delay-on-free", fromServer, false, each(delayOnFree)},
		{"delay-with-disk", fromServer, false, each(delayWithDisk)},
		{"paid-pre-deploy", fromDocs, false, each(paid("preDeployCommand", "a pre-deploy command"))},
		{"paid-disk", fromDocs, false, each(paid("disk", "a disk"))},
		{"paid-scaling", fromDocs, false, each(paid("scaling", "scaling"))},
		{"paid-instances", fromDocs, false, each(paidInstances)},
		{"disk-instances", fromDocs, false, each(diskInstances)},
	}
}

// planExists holds the plan against the type. Key values have plans of their
// own, which are not listed here.
func planExists(_ *blueprintFile, s placedService, say saying) {
	if !s.isProcess() && s.Type != "cron" {
		return
	}
	for _, at := range []spot{s.at.get("plan"), s.at.get("previews").get("plan"), s.at.get("previewPlan")} {
		name := at.text()
		if name == "" {
			continue
		}
		plan, known := PlanOf(name)
		switch {
		case !known:
			say(at, "no such plan %s for service type %s: it is free, starter, standard, pro, or an id such as 0.5c-512mb", quote(name), s.Type)
		case plan.Free() && s.Type != "web":
			say(at, "no such plan free for service type %s: only web services are free", s.Type)
		}
	}
}

func delayOnFree(_ *blueprintFile, s placedService, say saying) {
	if at := s.at.get("maxShutdownDelaySeconds"); at.there() && s.isFree() {
		say(at, "max shutdown delay is not supported for free tier services: remove it, the delay is 30 seconds")
	}
}

func delayWithDisk(_ *blueprintFile, s placedService, say saying) {
	if at := s.at.get("maxShutdownDelaySeconds"); at.there() && s.Disk {
		say(at, "max shutdown delay is not supported for services with a disk: remove it, the delay is 30 seconds")
	}
}

func paid(key, what string) func(*blueprintFile, placedService, saying) {
	return func(_ *blueprintFile, s placedService, say saying) {
		if at := s.at.get(key); at.there() && s.isFree() {
			say(at, "%s needs a paid plan", what)
		}
	}
}

func paidInstances(_ *blueprintFile, s placedService, say saying) {
	if at := s.at.get("numInstances"); at.number() > 1 && s.isFree() {
		say(at, "more than one instance needs a paid plan")
	}
}

func diskInstances(_ *blueprintFile, s placedService, say saying) {
	if !s.Disk {
		return
	}
	if at := s.at.get("numInstances"); at.number() > 1 {
		say(at, "a service with a disk has one instance")
	}
	if at := s.at.get("scaling"); at.there() {
		say(at, "a service with a disk does not scale")
	}
}
