alter table signups rename column payload to data;
